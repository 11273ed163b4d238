package dev.tranche.controlplane.marker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tranche.controlplane.marker.Applied.State;
import dev.tranche.controlplane.marker.CommitAnswer.Unknown.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Commits have one letter. a, b, c and d follow each other; x follows b on a branch of its own; y
 * followed c until a force-push.
 */
final class AppliedTest {
  private static final Map<String, String> HISTORIES =
      Map.of("a", "a", "b", "ab", "c", "abc", "d", "abcd", "x", "abx", "y", "abcy");
  private static final Set<String> CURRENT = Set.of("a", "b", "c", "d", "x");

  @ParameterizedTest
  @CsvSource({
    // commit, target, marker, running, clusters without, state, why
    "b, c, c, c,   0, APPLIED, every cluster",
    "c, c, c, c,   0, APPLIED, every cluster",
    "a, d, b, b c, 0, APPLIED, every cluster",
    "b, c, ,  ,    2, PENDING, nothing was applied everywhere yet",
    "b, c, ,  c,   0, PENDING, nothing was applied everywhere yet",
    "c, d, b, b d, 0, PENDING, b which was applied everywhere last",
    "c, d, b, d,   0, PENDING, b which was applied everywhere last",
    "c, d, c, b d, 0, PENDING, at least one cluster runs b",
    "c, d, c, c,   1, PENDING, nothing is known to be applied: 1",
    "c, d, c, y,   0, PENDING, at least one cluster runs y",
    "c, d, c, ,    0, PENDING, no cluster takes part",
    "b, c, y, c,   0, PENDING, y which was applied everywhere last is in no branch or tag any more",
    "c, b, c, c,   0, UNKNOWN, being taken back",
    "c, b, b, c,   0, UNKNOWN, target b does not contain it",
    "d, c, c, c,   0, UNKNOWN, newer or on another branch",
    "x, c, c, c,   0, UNKNOWN, newer or on another branch",
    "b, y, y, y,   0, UNKNOWN, target y is in no branch or tag any more",
    "b, ,  c, c,   0, UNKNOWN, not known yet",
  })
  void ofModule(
      String commit,
      @Nullable String target,
      @Nullable String marker,
      @Nullable String running,
      int without,
      State state,
      String why) {
    var runs = running == null ? Set.<String>of() : Set.of(running.split(" "));
    var applied = Applied.ofModule(known(commit, true), target, marker, runs, without);
    assertThat(applied.message().replace(",", "")).contains(why);
    assertThat(applied.state()).isEqualTo(state);
    assertThat(applied.commit()).isEqualTo(commit);
  }

  @ParameterizedTest
  @CsvSource({
    // commit, target, running, state, why
    "b, c, c, APPLIED, runs c which contains it",
    "b, d, c, APPLIED, runs c which contains it",
    "c, b, c, APPLIED, runs c which contains it",
    "c, ,  c, APPLIED, runs c which contains it",
    "c, d, b, PENDING, the module's target d does",
    "c, d, ,  PENDING, nothing was applied on the cluster yet",
    "d, c, c, UNKNOWN, newer or on another branch",
    "x, d, d, UNKNOWN, newer or on another branch",
    "b, c, y, UNKNOWN, runs y which is in no branch or tag any more",
    "b, y, a, UNKNOWN, target y does not contain it",
    "b, ,  a, UNKNOWN, not known yet",
  })
  void ofCluster(
      String commit, @Nullable String target, @Nullable String running, State state, String why) {
    var applied = Applied.ofCluster(known(commit, true), target, running);
    assertThat(applied.message().replace(",", "")).contains(why);
    assertThat(applied.state()).isEqualTo(state);
  }

  @Test
  void isUnknownForACommitOfAnotherPath() {
    assertThat(Applied.ofModule(known("b", false), "c", "c", Set.of("c"), 0))
        .isEqualTo(
            new Applied(State.UNKNOWN, "b", "it changes nothing under the module's path deploy"));
    assertThat(Applied.ofCluster(known("b", false), "c", "c").state()).isEqualTo(State.UNKNOWN);
  }

  @Test
  void isUnknownWhereTheRepositoryKnowsNothing() {
    var answers =
        List.of(
            new CommitAnswer.Unknown(Reason.NO_SUCH_COMMIT, "why"),
            new CommitAnswer.Unavailable("Unreachable", "why"));
    for (var answer : answers) {
      var unknown = new Applied(State.UNKNOWN, null, "why");
      assertThat(Applied.ofModule(answer, "c", "c", Set.of("c"), 0)).isEqualTo(unknown);
      assertThat(Applied.ofCluster(answer, "c", "c")).isEqualTo(unknown);
    }
  }

  /** Whatever the facts are: yes only where marker, target and every cluster have the commit. */
  @Test
  void neverSaysYesTooEarly() {
    var commits = new ArrayList<@Nullable String>(new TreeSet<>(HISTORIES.keySet()));
    commits.add(null);
    int yes = 0;
    for (var commit : CURRENT) {
      for (var target : commits) {
        for (var marker : commits) {
          for (var one : commits) {
            for (var other : commits) {
              var running =
                  List.of(String.valueOf(one), String.valueOf(other)).stream()
                      .filter(HISTORIES::containsKey)
                      .collect(Collectors.toSet());
              int without = (one == null ? 1 : 0) + (other == null ? 1 : 0);
              var applied = Applied.ofModule(known(commit, true), target, marker, running, without);
              if (applied.state() == State.APPLIED) {
                yes++;
                assertThat(List.of(commit, target, marker, one, other))
                    .allSatisfy(revision ->
                        assertThat(CURRENT.contains(revision) && has(revision, commit)).isTrue());
              }
            }
          }
        }
      }
    }
    assertThat(yes).isPositive();
  }

  private static CommitAnswer.Known known(String commit, boolean touches) {
    var containing =
        CURRENT.stream().filter(revision -> has(revision, commit)).collect(Collectors.toSet());
    return new CommitAnswer.Known(commit, "deploy", touches, CURRENT, containing);
  }

  private static boolean has(String revision, String commit) {
    return HISTORIES.getOrDefault(revision, "").contains(commit);
  }
}
