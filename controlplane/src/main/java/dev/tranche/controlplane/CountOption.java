package dev.tranche.controlplane;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of an option, of at least one. */
final class CountOption implements ITypeConverter<Integer> {
  @Override
  public Integer convert(String value) {
    int count;
    try {
      count = Integer.parseInt(value);
    } catch (NumberFormatException e) {
      count = 0;
    }
    if (count < 1) {
      throw new TypeConversionException("'%s' is no number from 1 on".formatted(value));
    }
    return count;
  }
}
