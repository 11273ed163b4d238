package dev.tranche.assemblage.binding;

import static dev.tranche.assemblage.binding.Resolution.Reason.SECRET_VALUE_REFUSED;
import static java.util.stream.Collectors.toUnmodifiableMap;
import static java.util.stream.Collectors.toUnmodifiableSet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.assemblage.Revisions;
import dev.tranche.assemblage.SyncDefaults;
import dev.tranche.assemblage.binding.Resolution.Resolved;
import dev.tranche.assemblage.binding.Resolution.Unresolvable;
import dev.tranche.crd.v1alpha1.AssignedSync;
import dev.tranche.crd.v1alpha1.Binding;
import dev.tranche.crd.v1alpha1.Sync;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A sync whose mentions of bindings are found once, to be replaced for many clusters. Make one per
 * version of a module and keep it. Immutable.
 */
public final class SyncTemplate {
  /** The binding that is always there: the name of the cluster. */
  public static final String CLUSTER_NAME = "CLUSTER_NAME";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private static final String DOLLAR = "DOLLAR";

  private static final SubstituteSecret.Naming NO_SECRETS = (values, origins) -> "";

  private final Side side;
  private final JsonNode tree;
  private final List<Slot> slots;
  private final Map<String, ParsedBinding> bindings;
  private final boolean proxied;
  private final Set<String> elsewhere;
  private final String dollar;
  private final Set<String> reachable;
  private final @Nullable Resolution constant;

  private SyncTemplate(Side side, Sync sync, List<Binding> bindings, boolean proxied) {
    this.side = side;
    this.tree = MAPPER.valueToTree(sync);
    this.slots = Slot.find(tree);
    this.bindings =
        bindings.stream()
            .collect(toUnmodifiableMap(Binding::name, ParsedBinding::of, (first, second) -> first));
    this.proxied = proxied;
    this.elsewhere =
        proxied
            ? sync.bindings().stream().map(Binding::name).collect(toUnmodifiableSet())
            : Set.of();
    this.dollar = dollar();
    this.reachable = reachable();
    this.constant =
        isConstant()
            ? resolveAnew("", reference -> new ObjectLookup.NotLoaded(), NO_SECRETS)
            : null;
  }

  /**
   * Reads the sync of a module that the control plane delivers itself.
   *
   * @param bindings those that the sync may mention, beside {@link #CLUSTER_NAME}
   */
  public static SyncTemplate of(Sync sync, List<Binding> bindings) {
    return new SyncTemplate(Side.CONTROL_PLANE, sync, bindings, false);
  }

  /**
   * Reads the sync of a module that goes into Assemblages. What is resolved is written such that
   * {@link #ofEntry} gives exactly what the module says: mentions of the sync's own bindings stay,
   * and what merely looks like a mention is escaped.
   *
   * @param controlPlaneBindings those that the sync may mention, beside its own and {@link
   *     #CLUSTER_NAME}
   */
  public static SyncTemplate ofProxied(Sync sync, List<Binding> controlPlaneBindings) {
    return new SyncTemplate(Side.CONTROL_PLANE, sync, controlPlaneBindings, true);
  }

  /** Reads an entry of an Assemblage, in the cluster that it stands in. */
  public static SyncTemplate ofEntry(AssignedSync entry) {
    return new SyncTemplate(
        Side.WORKLOAD_CLUSTER,
        new Sync(entry.source(), entry.syncPackage(), List.of()),
        entry.bindings(),
        false);
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
   * @param naming names the Secret for values of Secrets
   * @return always the same object where {@link #isConstant}
   */
  public Resolution resolve(String cluster, ObjectLookup lookup, SubstituteSecret.Naming naming) {
    return constant != null ? constant : resolveAnew(cluster, lookup, naming);
  }

  private Resolution resolveAnew(
      String cluster, ObjectLookup lookup, SubstituteSecret.Naming naming) {
    var values = new BindingValues(side, bindings, elsewhere, cluster, lookup);
    try {
      JsonNode copy = slots.isEmpty() ? tree : tree.deepCopy();
      var secrets = new TreeMap<String, String>();
      boolean needsDollar = false;
      for (var slot : slots) {
        var filled = values.replace(slot.text(), slot.where());
        if (filled.secret()) {
          secrets.put(secretKey(slot), secretValue(slot, filled));
          slot.remove(copy);
        } else {
          needsDollar |= proxied && filled.text().hasDollarBeforeMention();
          slot.put(copy, written(slot, filled));
        }
      }
      var secret =
          secrets.isEmpty()
              ? null
              : new SubstituteSecret(naming.name(secrets, values.secrets()), secrets);
      var sync = read(copy, secret, needsDollar);
      return new Resolved(
          sync,
          proxied ? Revisions.ofProxied(sync) : Revisions.of(sync),
          values.references(),
          secret);
    } catch (UnresolvableException e) {
      return new Unresolvable(e.reason(), e.sentence(), values.references());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a sync that was written is one that can be read", e);
    }
  }

  private String written(Slot slot, Filled filled) throws UnresolvableException {
    // What is left to be replaced elsewhere is checked there.
    if (filled.text().mentions().isEmpty()) {
      var literal = filled.text().literal();
      slot.rule().check(slot.where(), literal);
      return proxied ? filled.text().written(dollar) : literal;
    }
    return filled.text().written(dollar);
  }

  private static String secretKey(Slot slot) throws UnresolvableException {
    return slot.secretKey()
        .orElseThrow(() ->
            new UnresolvableException(
                SECRET_VALUE_REFUSED,
                "%s %s".formatted(slot.where(), BindingValues.SECRET_STAYS_SECRET)));
  }

  private static String secretValue(Slot slot, Filled filled) throws UnresolvableException {
    var mentioned = filled.text().mentions();
    if (!mentioned.isEmpty()) {
      throw new UnresolvableException(
          SECRET_VALUE_REFUSED,
          "%s mentions a value of a Secret beside $(%s), which is replaced in the workload cluster only; give them a variable each"
              .formatted(slot.where(), mentioned.getFirst()));
    }
    return filled.text().literal();
  }

  private Sync read(JsonNode tree, @Nullable SubstituteSecret secret, boolean needsDollar)
      throws JsonProcessingException {
    var sync = MAPPER.treeToValue(tree, Sync.class);
    var bindings = new ArrayList<>(sync.bindings());
    if (needsDollar) {
      bindings.add(new Binding(dollar, "$", null));
    }
    var filled = SyncDefaults.fill(new Sync(sync.source(), sync.syncPackage(), bindings));
    return secret == null
        ? filled
        : SyncDefaults.withValuesFrom(filled, secret.name(), secret.values().keySet());
  }

  private String dollar() {
    var name = new StringBuilder(DOLLAR);
    while (elsewhere.contains(name.toString())) {
      name.append('_');
    }
    return name.toString();
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
