package dev.tranche.controlplane.module;

import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.controlplane.check.CheckRequest;
import dev.tranche.controlplane.check.ChecksUnderway;
import dev.tranche.controlplane.check.PrometheusQuery;
import dev.tranche.controlplane.rollout.GoDuration;
import dev.tranche.crd.v1alpha1.FleetModule;
import dev.tranche.crd.v1alpha1.GateCheck;
import dev.tranche.crd.v1alpha1.RolloutStage;
import dev.tranche.rollout.CheckAnswer;
import dev.tranche.rollout.CheckKey;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The check gates of modules: which are asked, and what came of them. */
final class ModuleChecks {
  private final ChecksUnderway underway;

  ModuleChecks(ChecksUnderway underway) {
    this.underway = underway;
  }

  /** The newest answers about a revision of a module. */
  Map<CheckKey, CheckAnswer> answers(FleetModule module, String revision) {
    var answers = new HashMap<CheckKey, CheckAnswer>();
    for (var stage : stages(module)) {
      for (int gate = 0; gate < stage.gates().size(); gate++) {
        var check = stage.gates().get(gate).check();
        if (check != null) {
          var key = new CheckKey(stage.name(), gate);
          underway
              .answer(request(module, key, check, revision))
              .ifPresent(answer -> answers.put(key, understood(answer)));
        }
      }
    }
    return answers;
  }

  /** From now on these checks of a module are asked, and no others of it. */
  void want(FleetModule module, Set<CheckKey> keys, String revision) {
    underway.want(
        module.getMetadata().getUid(),
        stages(module).stream()
            .flatMap(stage ->
                keys.stream()
                    .filter(key -> key.stage().equals(stage.name()))
                    .map(key ->
                        request(
                            module,
                            key,
                            Objects.requireNonNull(stage.gates().get(key.gate()).check()),
                            revision)))
            .toList());
  }

  void forget(FleetModule module) {
    underway.want(module.getMetadata().getUid(), List.of());
  }

  private static List<RolloutStage> stages(FleetModule module) {
    var rollout = module.getSpec().rollout();
    return rollout == null ? List.of() : rollout.stages();
  }

  private static CheckAnswer understood(dev.tranche.controlplane.check.CheckAnswer answer) {
    return switch (answer) {
      case dev.tranche.controlplane.check.CheckAnswer.Passed(var at) ->
          new CheckAnswer(true, at, "");
      case dev.tranche.controlplane.check.CheckAnswer.NotPassed(var at, var message) ->
          new CheckAnswer(false, at, message);
      case dev.tranche.controlplane.check.CheckAnswer.NoAnswer(var at, var message) ->
          new CheckAnswer(false, at, message);
    };
  }

  private static CheckRequest request(
      FleetModule module, CheckKey key, GateCheck check, String revision) {
    var prometheus = check.prometheus();
    return new CheckRequest(
        new dev.tranche.controlplane.check.CheckKey(
            module.getMetadata().getUid(), key.stage(), key.gate(), revision),
        new PrometheusQuery(
            prometheus.address(),
            prometheus.query(),
            decimal(prometheus.min()),
            decimal(prometheus.max()),
            prometheus.secretRef() == null
                ? null
                : new ObjectKey(
                    module.getMetadata().getNamespace(), prometheus.secretRef().name())),
        GoDuration.parse(Objects.requireNonNullElse(check.interval(), "30s")));
  }

  private static @Nullable BigDecimal decimal(@Nullable String number) {
    return number == null ? null : new BigDecimal(number);
  }
}
