package dev.tranche.controlplane.check;

import java.time.Duration;

/**
 * A check that is wanted.
 *
 * @param key which one it is
 * @param query what is asked
 * @param interval how often it is asked; more than nothing
 */
public record CheckRequest(CheckKey key, PrometheusQuery query, Duration interval) {
  public CheckRequest {
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("the interval of a check is not positive: " + interval);
    }
  }
}
