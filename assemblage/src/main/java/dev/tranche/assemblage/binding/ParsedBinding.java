package dev.tranche.assemblage.binding;

import dev.tranche.crd.v1alpha1.Binding;
import java.util.List;

/** A binding whose mentions are found. */
sealed interface ParsedBinding {

  record Value(Text text) implements ParsedBinding {}

  record Field(String apiVersion, String kind, Text name, String fieldPath)
      implements ParsedBinding {}

  static ParsedBinding of(Binding binding) {
    var ref = binding.objectFieldRef();
    return ref == null
        ? new Value(Text.parse(binding.value() == null ? "" : binding.value()))
        : new Field(ref.apiVersion(), ref.kind(), Text.parse(ref.name()), ref.fieldPath());
  }

  /** The names that it mentions. */
  default List<String> mentions() {
    return switch (this) {
      case Value(Text text) -> text.mentions();
      case Field field -> field.name().mentions();
    };
  }
}
