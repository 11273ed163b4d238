/** The demo: a fleet on this machine, a module that reaches it, and a new version of it. */
@NullMarked
package dev.tranche.demo;

import org.jspecify.annotations.NullMarked;
