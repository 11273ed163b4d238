/** What surrounds a program of ours: its log and its HTTP endpoints. */
@NullMarked
package dev.tranche.assemblage.process;

import org.jspecify.annotations.NullMarked;
