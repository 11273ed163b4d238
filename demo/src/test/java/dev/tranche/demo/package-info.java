/** Runs the demo as a person would. */
@NullMarked
package dev.tranche.demo;

import org.jspecify.annotations.NullMarked;
