package dev.tranche.crd.v1alpha1;

/**
 * How durations are written: as Go does, such as 1h30m.
 *
 * <p>The limits keep every one below 250 years, so that adding it to an instant cannot overflow.
 */
final class Durations {
  static final String PATTERN = "^([0-9]{1,6}(\\.[0-9]{1,6})?(ms|s|m|h))+$";
  static final int MAX_LENGTH = 20;
  static final String POSITIVE_RULE = "self.matches('[1-9]')";
  // What is no duration is left to the pattern, which says so better than a conversion that fails.
  static final String A_SECOND_RULE =
      "!self.matches(r'" + PATTERN + "') || duration(self) >= duration('1s')";

  private Durations() {}
}
