package dev.tranche.rollout.golden;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;

import dev.tranche.rollout.ClusterFacts;
import dev.tranche.rollout.ClusterPlan;
import dev.tranche.rollout.ClusterState;
import dev.tranche.rollout.Observation;
import dev.tranche.rollout.Observation.Outcome;
import dev.tranche.rollout.Outlook;
import dev.tranche.rollout.Reason;
import dev.tranche.rollout.ReasonCode;
import dev.tranche.rollout.RolloutPlan;
import dev.tranche.rollout.StagePlan;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Tells what happens, moment by moment: of everything only what is new. */
final class Story {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("EEE HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final StringBuilder text = new StringBuilder();
  private final Map<String, String> clusters = new HashMap<>();
  private final Map<String, StagePlan.State> stages = new HashMap<>();
  private @Nullable Outlook outlook;
  private String time = "";

  Story(String title) {
    text.append(title.strip()).append('\n');
  }

  /** What comes happens at this moment. */
  void at(Instant now) {
    time = "\n" + TIME.format(now);
  }

  /** A line of this kind. */
  void says(String kind, String what) {
    text.append("%-13s %-8s %s\n".formatted(time, kind, what));
    time = "";
  }

  void reported(Map<String, Observation> reports) {
    tell(
        "report",
        reports.entrySet(),
        Map.Entry::getKey,
        entry -> {
          var report = entry.getValue();
          var what = "%s on %s".formatted(word(report.outcome()), report.revision());
          return report.outcome() == Outcome.SUCCEEDED
              ? what
              : what + ", " + inWords(report.reason());
        });
  }

  /** What a plan changes, without what it assigns. */
  void decided(RolloutPlan plan) {
    plan.steps()
        .forEach(step -> says("step", "%s: %s".formatted(step.kind().word(), step.message())));
    for (var stage : plan.stages()) {
      if (stages.put(stage.name(), stage.state()) != stage.state()) {
        says("stage", "%s: %s".formatted(stage.name(), word(stage.state())));
      }
    }
    tell(
        "cluster",
        plan.clusters().stream()
            // An assignment is told in a line of its own.
            .filter(cluster -> cluster.assign() == null)
            .filter(cluster -> {
              var is = cluster.state() + cluster.reason().code();
              return !is.equals(clusters.put(cluster.cluster(), is));
            })
            .toList(),
        ClusterPlan::cluster,
        cluster -> "%s, %s".formatted(cluster.state().word(), inWords(cluster.reason())));
    clusters.keySet().retainAll(plan.clusters().stream().map(ClusterPlan::cluster).toList());
  }

  /** Where the rollout stands once a moment is over. */
  void standing(Outlook now) {
    if (!now.equals(outlook)) {
      outlook = now;
      says("rollout", inWords(now));
    }
  }

  void assigned(RolloutPlan plan) {
    var assigned = plan.clusters().stream().filter(cluster -> cluster.assign() != null).toList();
    assigned.forEach(cluster -> clusters.remove(cluster.cluster()));
    tell(
        "assign",
        assigned,
        ClusterPlan::cluster,
        cluster ->
            cluster.reason().code().equals(ReasonCode.ASSIGNING.word())
                ? "" + cluster.assign()
                : "%s, %s".formatted(cluster.assign(), inWords(cluster.reason())));
  }

  /** One line for all of which the same is to be said. */
  private <T> void tell(
      String kind, Collection<T> things, Function<T, String> name, Function<T, String> what) {
    things.stream()
        .collect(groupingBy(what, LinkedHashMap::new, mapping(name, joining(", "))))
        .forEach((said, names) -> says(kind, names + ": " + said));
  }

  /** Everything that was told, and how it stands in the end. */
  String end(RolloutPlan plan, @Nullable String stable, List<ClusterFacts> facts) {
    text.append("\nIn the end: ").append(inWords(plan.outlook())).append('\n');
    text.append("target ").append(plan.progress().revision());
    text.append(", stable ").append(stable == null ? "none" : stable);
    text.append(", next look ")
        .append(plan.nextLook() == null ? "never" : TIME.format(plan.nextLook()))
        .append("\n\n");
    var stageRows = new ArrayList<List<String>>();
    stageRows.add(List.of("STAGE", "STATE", "STARTED", "PASSED", "CLUSTERS"));
    for (var stage : plan.stages()) {
      var progress = Objects.requireNonNull(plan.progress().stages().get(stage.name()));
      stageRows.add(
          List.of(
              stage.name(),
              word(stage.state()),
              orDash(progress.startedAt()),
              orDash(progress.passedAt()),
              counts(stage.counts())));
    }
    table(stageRows);
    text.append('\n');
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CLUSTER", "STAGE", "ASSIGNED", "REPORTED", "STATE", "WHY"));
    for (int c = 0; c < facts.size(); c++) {
      var cluster = plan.clusters().get(c);
      var fact = facts.get(c);
      rows.add(
          List.of(
              cluster.cluster(),
              cluster.stage() == null ? "-" : cluster.stage(),
              fact.assigned() == null ? "-" : fact.assigned(),
              fact.observed() == null
                  ? "-"
                  : fact.observed().revision() + " " + word(fact.observed().outcome()),
              cluster.state().word(),
              inWords(cluster.reason())));
    }
    table(rows);
    return text.toString();
  }

  private void table(List<List<String>> rows) {
    var widths =
        IntStream.range(0, rows.getFirst().size())
            .map(column -> rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0))
            .toArray();
    for (var row : rows) {
      var line =
          IntStream.range(0, widths.length)
              .mapToObj(column -> ("%-" + widths[column] + "s").formatted(row.get(column)))
              .collect(joining("  "));
      text.append(line.stripTrailing()).append('\n');
    }
  }

  private static String counts(Map<ClusterState, Integer> counts) {
    return new TreeMap<>(counts)
        .entrySet().stream()
            .filter(count -> count.getValue() > 0)
            .map(count -> count.getValue() + " " + count.getKey().word())
            .collect(joining(", "));
  }

  private static String orDash(@Nullable Instant instant) {
    return instant == null ? "-" : TIME.format(instant);
  }

  private static String inWords(Reason reason) {
    return "%s: %s".formatted(reason.code(), reason.message());
  }

  private static String inWords(Outlook outlook) {
    return outlook.message().isEmpty()
        ? word(outlook.phase())
        : "%s: %s".formatted(word(outlook.phase()), outlook.message());
  }

  /** Such as {@code RollingOut}. */
  private static String word(Enum<?> constant) {
    var word = new StringBuilder();
    for (var part : constant.name().split("_", -1)) {
      word.append(part.charAt(0)).append(part.substring(1).toLowerCase(Locale.ROOT));
    }
    return word.toString();
  }
}
