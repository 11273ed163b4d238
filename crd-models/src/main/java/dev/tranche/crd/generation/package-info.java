/**
 * Writes the CRDs and their reference page from the types, while building; nothing of it is used at
 * run time.
 */
@NullMarked
package dev.tranche.crd.generation;

import org.jspecify.annotations.NullMarked;
