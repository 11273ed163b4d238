package dev.tranche.rollout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;

/**
 * The stages of a strategy and which come before which.
 *
 * @param stages in the order of the policy
 * @param before for each stage, the ones that must have been passed
 * @param turns the stages, each after all that come before it; without those of a circle
 * @param circle the names of stages that wait for each other, the first again at the end; empty
 *     where none do
 */
record Layout(
    List<Stage> stages, List<List<Integer>> before, List<Integer> turns, List<String> circle) {
  /** Not a stage. */
  static final int NONE = -1;

  private static final Stage ALL = new Stage("all", _ -> true, null, null, List.of(), null, null);

  static Layout of(Strategy strategy) {
    return switch (strategy) {
      case Strategy.Replace() -> of(List.of(ALL));
      case Strategy.Incremental() -> of(List.of(ALL));
      case Strategy.Staged(var stages, _) -> of(stages);
    };
  }

  /** With a stage after all others, for clusters that none of them takes. */
  Layout withUnmatched() {
    var names = stages.stream().map(Stage::name).toList();
    var name = "unmatched";
    while (names.contains(name)) {
      name += "-too";
    }
    var all = new ArrayList<>(stages);
    all.add(new Stage(name, _ -> true, null, null, List.of(), null, names));
    return of(all);
  }

  private static Layout of(List<Stage> stages) {
    var places = new HashMap<String, Integer>();
    for (int i = 0; i < stages.size(); i++) {
      places.put(stages.get(i).name(), i);
    }
    var before = new ArrayList<List<Integer>>();
    for (int i = 0; i < stages.size(); i++) {
      var after = stages.get(i).after();
      if (after == null) {
        before.add(i == 0 ? List.of() : List.of(i - 1));
      } else {
        before.add(after.stream().map(places::get).filter(Objects::nonNull).distinct().toList());
      }
    }
    var turns = new ArrayList<Integer>();
    boolean found = true;
    while (found) {
      found = false;
      for (int i = 0; i < stages.size(); i++) {
        if (!turns.contains(i) && turns.containsAll(before.get(i))) {
          turns.add(i);
          found = true;
        }
      }
    }
    return new Layout(stages, before, turns, circle(stages, before, turns));
  }

  private static List<String> circle(
      List<Stage> stages, List<List<Integer>> before, List<Integer> turns) {
    var path = new ArrayList<Integer>();
    int at = 0;
    while (turns.contains(at)) {
      at++;
    }
    if (at == stages.size()) {
      return List.of();
    }
    while (!path.contains(at)) {
      path.add(at);
      at = before.get(at).stream().filter(b -> !turns.contains(b)).findFirst().orElseThrow();
    }
    path.add(at);
    return path.subList(path.indexOf(at), path.size()).stream()
        .map(i -> stages.get(i).name())
        .toList();
  }
}
