package dev.tranche.assemblage.binding;

import dev.tranche.assemblage.Names;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * A Secret for {@code substituteFrom} of a kustomization or {@code valuesFrom} of a Helm release.
 *
 * @param values by variable, or by the path of the value; never to be shown to anybody
 */
public record SubstituteSecret(String name, Map<String, String> values) {
  private static final int DIGITS = 16;

  public SubstituteSecret {
    values = Map.copyOf(values);
  }

  /** Names the Secret for some values. */
  @FunctionalInterface
  public interface Naming {
    /**
     * Equal names for equal values of the same Secrets, and other names for others.
     *
     * @param origins the uids of the Secrets that the values were read from
     */
    String name(Map<String, String> values, SortedSet<String> origins);
  }

  /**
   * Names that begin with a prefix and tell nothing of the values: who may not see the Secrets that
   * they come from cannot try out values either, since the uids of these are in the name too.
   *
   * @param uid of the object that the Secret is made for; another one gives other names
   */
  public static Naming named(String prefix, String uid) {
    return (values, origins) -> {
      var text = new StringBuilder(uid);
      origins.forEach(origin -> text.append('\0').append(origin));
      new TreeMap<>(values)
          .forEach((name, value) ->
              text.append('\0')
                  .append(name)
                  .append('\0')
                  .append(value.length())
                  .append('\0')
                  .append(value));
      return prefix + "-" + Names.hexDigest(text.toString(), DIGITS);
    };
  }

  @Override
  public String toString() {
    return "Secret " + name;
  }
}
