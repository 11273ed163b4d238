package dev.tranche.controlplane.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Ranges and versions as Masterminds/semver 3.5.0 judges them. */
final class VersionRangeTest {
  /**
   * The table has a line a range and a column a version; it was written by {@code
   * semver.NewConstraint} and {@code Constraints.Check}, so no line is an opinion of ours.
   */
  @Test
  void judgesAsMastermindsDoes() throws IOException {
    var lines = table();
    var versions = cells(lines.getFirst());
    assertThat(lines).hasSizeGreaterThan(100);
    for (var line : lines.subList(1, lines.size())) {
      var cells = cells(line);
      var range = cells.getFirst().substring(1, cells.getFirst().length() - 1);
      if (cells.get(1).equals("invalid")) {
        assertThatIllegalArgumentException().as(range).isThrownBy(() -> VersionRange.of(range));
        continue;
      }
      var read = VersionRange.of(range);
      for (int i = 1; i < cells.size(); i++) {
        var version = Version.ofTag(versions.get(i)).orElseThrow();
        assertThat(read.contains(version))
            .as("'%s' has %s", range, versions.get(i))
            .isEqualTo(cells.get(i).equals("yes"));
      }
    }
  }

  @Test
  void saysWhatIsWrong() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VersionRange.of(">=1.0.0 latest"))
        .withMessage("is not understood at 'latest'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VersionRange.of("1.x ||"))
        .withMessage("has an empty alternative");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VersionRange.of("1.2x"))
        .withMessage("has no version at '1.2x'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VersionRange.of("1" + " ".repeat(512)))
        .withMessage("is longer than 512 characters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> VersionRange.of("1||".repeat(32) + "1"))
        .withMessage("has more than 32 alternatives");
  }

  /** Written with backtracking, as the original is, the pattern needs longer than the universe. */
  @Test
  void readsWhatIsMadeToBeSlow() {
    for (var slow : List.of("1  ".repeat(170) + "!", "1 - ".repeat(120) + "!", " ".repeat(500))) {
      assertThatIllegalArgumentException().isThrownBy(() -> VersionRange.of(slow));
    }
  }

  @Test
  void takesTagsAsFluxDoes() {
    for (var tag : List.of("1.2.3", "v1.2.3", "1.2.3-rc.1", "v1.2.3+build.01", "0.0.0-0")) {
      assertThat(Version.ofTag(tag)).as(tag).isPresent();
    }
    for (var tag :
        List.of(
            "1",
            "1.2",
            "V1.2.3",
            "vv1.2.3",
            "1.2.3.4",
            "01.2.3",
            "1.2.3-01",
            "1.2.3-",
            "",
            "1.2.3-a..b",
            "release-1.2.3",
            "1.2.3 ",
            "18446744073709551616.0.0",
            "1.2." + "3".repeat(300))) {
      assertThat(Version.ofTag(tag)).as(tag).isEmpty();
    }
  }

  @Test
  void ordersByPrecedence() {
    var inOrder =
        List.of(
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-99999999999999999999999",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0-rc10",
            "1.0.0-rc9",
            "1.0.0",
            "1.0.10",
            "1.2.0",
            "1.10.0",
            "9223372036854775808.0.0");
    for (int i = 0; i < inOrder.size(); i++) {
      for (int j = 0; j < inOrder.size(); j++) {
        var one = Version.ofTag(inOrder.get(i)).orElseThrow();
        var other = Version.ofTag(inOrder.get(j)).orElseThrow();
        assertThat(Integer.signum(one.compareTo(other)))
            .as("%s to %s", inOrder.get(i), inOrder.get(j))
            .isEqualTo(Integer.compare(i, j));
      }
    }
    assertThat(Version.ofTag("1.0.0+a").orElseThrow())
        .isEqualByComparingTo(Version.ofTag("v1.0.0+b").orElseThrow());
  }

  private static List<String> cells(String line) {
    return List.of(line.split("\t", -1));
  }

  private static List<String> table() throws IOException {
    var resource = VersionRangeTest.class.getResourceAsStream("masterminds-3.5.0.tsv");
    try (var lines =
        new BufferedReader(new InputStreamReader(Objects.requireNonNull(resource), UTF_8))) {
      return lines.lines().toList();
    }
  }
}
