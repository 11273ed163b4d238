package dev.tranche.controlplane.kubeconfig;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads the part of YAML that a kubeconfig needs: one document of plain data.
 *
 * <p>Parsers differ in the rest: a merge key or a doubled key that this one ignored could mean
 * something to another reader of the same file, such as Flux.
 */
final class UntrustedYaml {
  private static final int MAX_DEPTH = 32;
  private static final LoadSettings SETTINGS =
      LoadSettings.builder()
          .setAllowDuplicateKeys(false)
          .setAllowNonScalarKeys(false)
          .setCodePointLimit(KubeconfigVerdict.MAX_BYTES)
          .build();

  private UntrustedYaml() {}

  static Map<?, ?> readMap(String yaml) throws RefusedException {
    try {
      // The parser keeps its own stack; building the tree recurses, so the depth is checked before.
      var depth = 0;
      for (var event : new Parse(SETTINGS).parseString(yaml)) {
        if (event instanceof CollectionStartEvent) {
          depth++;
        } else if (event instanceof CollectionEndEvent) {
          depth--;
        }
        var trouble = depth > MAX_DEPTH ? "it is nested too deeply" : trouble(event);
        if (trouble != null) {
          throw invalid(trouble);
        }
      }
      if (new Load(SETTINGS).loadFromString(yaml) instanceof Map<?, ?> map) {
        return map;
      }
      throw invalid("it is not a mapping");
    } catch (MarkedYamlEngineException e) {
      // The parser's own message quotes the text around the mistake, which may be a credential.
      throw invalid(
          e.getProblemMark()
              .map(mark -> "it is no valid YAML at line " + (mark.getLine() + 1))
              .orElse("it is no valid YAML"));
    } catch (YamlEngineException e) {
      throw invalid("it is no valid YAML");
    }
  }

  private static @Nullable String trouble(Event event) {
    if (event instanceof AliasEvent
        || (event instanceof NodeEvent node && node.getAnchor().isPresent())) {
      return "it uses YAML anchors or aliases; write the values out";
    }
    return switch (event) {
      case ScalarEvent scalar when scalar.getTag().isPresent() -> "it uses YAML tags; remove them";
      case ScalarEvent scalar when scalar.getValue().equals("<<") ->
          "it uses a YAML merge key; write the values out";
      case CollectionStartEvent start when start.getTag().isPresent() ->
          "it uses YAML tags; remove them";
      default -> null;
    };
  }

  private static RefusedException invalid(String what) {
    return RefusedException.invalid("the kubeconfig cannot be read: " + what);
  }
}
