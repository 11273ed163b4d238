package dev.tranche.assemblage.binding;

import dev.tranche.crd.v1alpha1.Sync;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What came of replacing the bindings of a sync. */
public sealed interface Resolution {

  /**
   * Every object that was asked for, those that are not there included: when one of them changes,
   * the resolution may be another one.
   */
  Set<ObjectReference> references();

  /**
   * The sync with its bindings replaced and its defaults filled in.
   *
   * @param revision the word that stands for the content of {@code sync}
   * @param secret the Secret that {@code sync} refers to for values of Secrets, which is to be made
   *     before anybody applies it; null where no such value is mentioned
   */
  record Resolved(
      Sync sync,
      String revision,
      Set<ObjectReference> references,
      @Nullable SubstituteSecret secret)
      implements Resolution {
    public Resolved {
      references = Set.copyOf(references);
    }
  }

  /**
   * The sync cannot be had for this cluster as things are.
   *
   * @param reason what kind of trouble
   * @param message where and what, in a sentence that says what to do
   */
  record Unresolvable(Reason reason, String message, Set<ObjectReference> references)
      implements Resolution {
    public Unresolvable {
      references = Set.copyOf(references);
    }
  }

  /** Why bindings cannot be replaced; the words are stable. */
  enum Reason {
    /** A name is mentioned that is not bound. */
    UNKNOWN_BINDING("UnknownBinding"),
    /** Bindings mention each other in a circle. */
    BINDING_CIRCLE("BindingCircle"),
    /** An object is not there. */
    OBJECT_NOT_FOUND("ObjectNotFound"),
    /** A kind of objects is not there. */
    KIND_NOT_FOUND("KindNotFound"),
    /** An object lacks the field. */
    FIELD_NOT_FOUND("FieldNotFound"),
    /** A field holds an object, a list or null. */
    NOT_A_SCALAR("NotAScalar"),
    /** An object may not be read. */
    READ_FORBIDDEN("ReadForbidden"),
    /** A value of a Secret is mentioned where it would not stay one. */
    SECRET_VALUE_REFUSED("SecretValueRefused"),
    /** With its bindings replaced the sync is not one that its schema allows. */
    INVALID_VALUE("InvalidValue"),
    /** It is not known which commit the version is. */
    SOURCE_NOT_RESOLVED("SourceNotResolved"),
    /** Objects were not read yet: look again. */
    NOT_LOADED("NotLoaded");

    private final String word;

    Reason(String word) {
      this.word = word;
    }

    /** The reason as a condition states it. */
    @Override
    public String toString() {
      return word;
    }
  }
}
