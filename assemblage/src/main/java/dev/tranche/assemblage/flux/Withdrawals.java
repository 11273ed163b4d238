package dev.tranche.assemblage.flux;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Applier;
import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.Withdrawal;
import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Locale;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what is decided about appliers that nobody wants any more. */
final class Withdrawals {
  private static final Logger log = LoggerFactory.getLogger(Withdrawals.class);

  private final FluxObjects flux;

  Withdrawals(FluxObjects flux) {
    this.flux = flux;
  }

  /** Withdraws an applier; returns what is underway, for people. */
  String carryOut(Target target, Applier applier, Withdrawal.ClusterFacts cluster) {
    return switch (Withdrawal.of(target, applier, cluster)) {
      case Withdrawal.Prune(var patch) -> {
        patchAndDelete(applier, patch, "pruning");
        yield "Flux is removing what it applied";
      }
      case Withdrawal.Orphan(var patch) -> {
        patchAndDelete(applier, patch, "orphaning");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Release(var patch) -> {
        flux.patch(applier, patch);
        log.atInfo()
            .addKeyValue(word(applier), ObjectKey.of(applier.object()))
            .log(word(applier) + " released, its cluster cannot be reached");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Wait(String message) -> message;
    };
  }

  private void patchAndDelete(Applier applier, JsonNode patch, String how) {
    var current = patch.isEmpty() ? Optional.of(applier) : flux.patch(applier, patch);
    // Where it was changed meanwhile, the watch tells of that and it is looked at again.
    current
        .filter(flux::delete)
        .ifPresent(stored -> {
          log.atInfo()
              .addKeyValue(word(stored), ObjectKey.of(stored.object()))
              .addKeyValue("how", how)
              .log(word(stored) + " deleted");
        });
  }

  private static String word(Applier applier) {
    return applier.object().getKind().toLowerCase(Locale.ROOT);
  }
}
