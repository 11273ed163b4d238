package dev.tranche.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * One line of the result.
 *
 * @param limit what it must not exceed; null where it is told for its own sake
 * @param detail how it came about
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Row(String name, double value, String unit, @Nullable Double limit, String detail) {

  static Row limited(String name, double value, String unit, double limit, String detail) {
    return new Row(name, value, unit, limit, detail);
  }

  static Row told(String name, double value, String unit, String detail) {
    return new Row(name, value, unit, null, detail);
  }

  boolean isMissed() {
    return limit != null && value > limit;
  }

  String measured() {
    return number(value) + unit;
  }

  String target() {
    return limit == null ? "" : "≤ " + number(limit) + unit;
  }

  private static String number(double number) {
    return number == Math.rint(number) ? "%.0f".formatted(number) : "%.2f".formatted(number);
  }
}
