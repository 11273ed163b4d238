package dev.tranche.assemblage.binding;

import static java.util.stream.Collectors.toUnmodifiableMap;
import static java.util.stream.Collectors.toUnmodifiableSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.assemblage.Revisions;
import dev.tranche.assemblage.SyncDefaults;
import dev.tranche.assemblage.binding.Resolution.Resolved;
import dev.tranche.assemblage.binding.Resolution.Unresolvable;
import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.Sync;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A sync whose mentions of bindings are found once, to be replaced for many clusters. Make one per
 * version of a module and keep it. Immutable.
 */
public final class SyncTemplate {
  /** The binding that is always there: the name of the cluster. */
  public static final String CLUSTER_NAME = "CLUSTER_NAME";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final JsonNode tree;
  private final List<Slot> slots;
  private final Map<String, ParsedBinding> bindings;
  private final Set<String> reachable;
  private final @Nullable Resolution constant;

  private SyncTemplate(Sync sync, List<Binding> bindings) {
    this.tree = MAPPER.valueToTree(sync);
    this.slots = Slot.find(tree);
    this.bindings =
        bindings.stream()
            .collect(toUnmodifiableMap(Binding::name, ParsedBinding::of, (first, second) -> first));
    this.reachable = reachable();
    this.constant =
        isConstant() ? resolveAnew("", reference -> new ObjectLookup.NotLoaded()) : null;
  }

  /**
   * Reads a sync.
   *
   * @param bindings those that the sync may mention, beside {@link #CLUSTER_NAME}
   */
  public static SyncTemplate of(Sync sync, List<Binding> bindings) {
    return new SyncTemplate(sync, bindings);
  }

  /** Whether {@link #resolve} gives the same for every cluster and at any time. */
  public boolean isConstant() {
    return !reachable.contains(CLUSTER_NAME) && referencedKinds().isEmpty();
  }

  /** The kinds of all objects that {@link #resolve} may ask for. */
  public Set<ObjectReference.Kind> referencedKinds() {
    return reachable.stream()
        .map(bindings::get)
        .filter(ParsedBinding.Field.class::isInstance)
        .map(ParsedBinding.Field.class::cast)
        .map(field -> new ObjectReference.Kind(field.apiVersion(), field.kind()))
        .collect(toUnmodifiableSet());
  }

  /**
   * Replaces what the sync mentions.
   *
   * @param cluster the name of the cluster
   * @param lookup asked for each object that is needed, once
   * @return always the same object where {@link #isConstant}
   */
  public Resolution resolve(String cluster, ObjectLookup lookup) {
    return constant != null ? constant : resolveAnew(cluster, lookup);
  }

  private Resolution resolveAnew(String cluster, ObjectLookup lookup) {
    var values = new BindingValues(bindings, cluster, lookup);
    try {
      JsonNode copy = slots.isEmpty() ? tree : tree.deepCopy();
      for (var slot : slots) {
        slot.fill(copy, values);
      }
      var sync = SyncDefaults.fill(MAPPER.treeToValue(copy, Sync.class));
      return new Resolved(sync, Revisions.of(sync), values.references());
    } catch (UnresolvableException e) {
      return new Unresolvable(e.reason(), e.sentence(), values.references());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a sync that was written is one that can be read", e);
    }
  }

  /** The names of bindings that the sync mentions, or that such a binding mentions in turn. */
  private Set<String> reachable() {
    var names = new HashSet<String>();
    var open = new ArrayDeque<String>();
    slots.forEach(slot -> open.addAll(slot.text().mentions()));
    while (!open.isEmpty()) {
      var name = open.remove();
      @Nullable ParsedBinding binding = bindings.get(name);
      if (names.add(name) && binding != null) {
        open.addAll(binding.mentions());
      }
    }
    return names;
  }
}
