package dev.tranche.assemblage.flux;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tranche.assemblage.Target;
import dev.tranche.assemblage.Withdrawal;
import dev.tranche.assemblage.kube.ObjectKey;
import dev.tranche.crd.flux.kustomize.v1.Kustomization;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Carries out what is decided about Kustomizations that nobody wants any more. */
final class Withdrawals {
  private static final Logger log = LoggerFactory.getLogger(Withdrawals.class);

  private final FluxObjects flux;

  Withdrawals(FluxObjects flux) {
    this.flux = flux;
  }

  /** Withdraws a Kustomization; returns what is underway, for people. */
  String carryOut(Target target, Kustomization kustomization, Withdrawal.ClusterFacts cluster) {
    return switch (Withdrawal.of(target, kustomization, cluster)) {
      case Withdrawal.Prune(var patch) -> {
        patchAndDelete(kustomization, patch, "pruning");
        yield "Flux is removing what it applied";
      }
      case Withdrawal.Orphan(var patch) -> {
        patchAndDelete(kustomization, patch, "orphaning");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Release(var patch) -> {
        flux.patch(kustomization, patch);
        log.atInfo()
            .addKeyValue("kustomization", ObjectKey.of(kustomization))
            .log("kustomization released, its cluster cannot be reached");
        yield "what Flux applied is left in the cluster";
      }
      case Withdrawal.Wait(String message) -> message;
    };
  }

  private void patchAndDelete(Kustomization kustomization, JsonNode patch, String how) {
    var current = patch.isEmpty() ? Optional.of(kustomization) : flux.patch(kustomization, patch);
    // Where it was changed meanwhile, the watch tells of that and it is looked at again.
    current
        .filter(flux::delete)
        .ifPresent(stored -> {
          log.atInfo()
              .addKeyValue("kustomization", ObjectKey.of(stored))
              .addKeyValue("how", how)
              .log("kustomization deleted");
        });
  }
}
