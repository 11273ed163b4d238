/** What modules declared before, kept as ControllerRevisions as StatefulSets keep theirs. */
@NullMarked
package dev.tranche.controlplane.history;

import org.jspecify.annotations.NullMarked;
