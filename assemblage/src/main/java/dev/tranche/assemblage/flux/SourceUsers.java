package dev.tranche.assemblage.flux;

import dev.tranche.assemblage.kube.ObjectKey;
import java.util.Collection;

/** Knows which assemblages want a source, also before they have a Kustomization that uses it. */
@FunctionalInterface
public interface SourceUsers {
  /** The assemblages that want this GitRepository; asked often, so it has to be quick. */
  Collection<ObjectKey> of(ObjectKey source);
}
