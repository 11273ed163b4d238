package dev.tranche.controlplane.source;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who wants to know what of one repository, and what they know. Not safe for use by several
 * threads.
 */
final class Interest {
  private final Map<WantedVersion, Answers> versions = new HashMap<>();
  private final TreeMap<Duration, Integer> intervals = new TreeMap<>();

  /** What one user asked for. */
  private record Claim(String user, SourceRequest request) {}

  private static final class Answers {
    private final Map<Claim, Wanted> claims = new HashMap<>();
    private SourceAnswer.@Nullable Found lastGood;
    private @Nullable SourceAnswer newest;
    private @Nullable Instant at;
  }

  /** Adds a claim, or remembers what is recorded now for one that is there. */
  void add(String user, Wanted wanted) {
    var answers = versions.computeIfAbsent(wanted.request().version(), _ -> new Answers());
    if (answers.claims.put(new Claim(user, wanted.request()), wanted) == null) {
      intervals.merge(wanted.request().interval(), 1, Integer::sum);
    }
  }

  void remove(String user, SourceRequest request) {
    var answers = versions.get(request.version());
    if (answers != null && answers.claims.remove(new Claim(user, request)) != null) {
      intervals.computeIfPresent(request.interval(), (_, count) -> count == 1 ? null : count - 1);
      if (answers.claims.isEmpty()) {
        versions.remove(request.version());
      }
    }
  }

  boolean isEmpty() {
    return versions.isEmpty();
  }

  /** The shortest that is wanted; there is one. */
  Duration interval() {
    return intervals.firstKey();
  }

  Set<WantedVersion> versions() {
    return Set.copyOf(versions.keySet());
  }

  /** Whether nobody has asked for this version yet. */
  boolean isUnanswered(WantedVersion version) {
    var answers = versions.get(version);
    return answers != null && answers.newest == null;
  }

  Known known(String user, SourceRequest request) {
    var answers = versions.get(request.version());
    var wanted = answers == null ? null : answers.claims.get(new Claim(user, request));
    if (answers == null || wanted == null) {
      return Known.NOTHING;
    }
    var lastGood = answers.lastGood == null ? wanted.recorded() : answers.lastGood;
    return new Known(lastGood, answers.newest, answers.at);
  }

  /**
   * Takes the answers to what is still wanted.
   *
   * @return the users for whom something is another now
   */
  Set<String> settle(Map<WantedVersion, SourceAnswer> newest, Instant at) {
    var changed = new HashSet<String>();
    newest.forEach((version, answer) -> {
      var answers = versions.get(version);
      if (answers == null) {
        return;
      }
      if (!answer.equals(answers.newest)) {
        answers.claims.keySet().forEach(claim -> changed.add(claim.user()));
      }
      answers.newest = answer;
      answers.at = at;
      if (answer instanceof SourceAnswer.Found found) {
        answers.lastGood = found;
      }
    });
    return changed;
  }
}
