package dev.tranche.assemblage.binding;

import com.fasterxml.jackson.databind.JsonNode;

/** Reads objects of one namespace, from a cache: it is called often and must not wait. */
@FunctionalInterface
public interface ObjectLookup {

  /** Looks up one object; never null, and nothing is thrown. */
  Outcome find(ObjectReference reference);

  /** What came of a look-up. */
  sealed interface Outcome {}

  /** The object is there. */
  record Found(JsonNode object) implements Outcome {}

  /** The object is not there. */
  record Missing() implements Outcome {}

  /** Objects of this kind are not known yet; looking again soon gives another outcome. */
  record NotLoaded() implements Outcome {}

  /** There is no such kind in the control plane. */
  record UnknownKind() implements Outcome {}

  /**
   * The object may not be read.
   *
   * @param verb what is not allowed, such as {@code get}
   * @param resource on what, such as {@code configmaps} or {@code clusters.cluster.x-k8s.io}
   * @param namespace where
   */
  record Forbidden(String verb, String resource, String namespace) implements Outcome {}
}
