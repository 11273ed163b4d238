@NullMarked
package dev.tranche.controlplane.proxyassemblage;

import org.jspecify.annotations.NullMarked;
