package dev.tranche.crd.v1alpha1;

/** How a number of clusters is written: as such, or as a part of them. */
final class Shares {
  static final String AT_LEAST_ONE = "^(100|[1-9][0-9]?)%$";

  // With == the API server's estimate counts the longest string that there can be, once a stage.
  static final String AT_LEAST_ONE_RULE =
      "type(self) in [int] ? self >= 1 && self <= 1000000 : self.endsWith('%') && !self.startsWith('0')";
  static final String AT_LEAST_ONE_MESSAGE =
      "give a number of clusters, at least 1, or a percentage from 1% to 100%; to stop everything use suspend";
  static final String ANY = "^(100|[1-9]?[0-9])%$";
  static final String ANY_RULE =
      "type(self) in [int] ? self >= 0 && self <= 1000000 : self.endsWith('%')";
  static final String ANY_MESSAGE =
      "give a number of clusters, 0 or more, or a percentage from 0% to 100%";

  private Shares() {}
}
