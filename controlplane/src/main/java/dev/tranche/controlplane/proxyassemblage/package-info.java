/**
 * ProxyAssemblages: each keeps an Assemblage in its cluster equal to what it says, brings the
 * Secrets that this needs, and says what the Assemblage reports. Knows no modules, and not how Flux
 * works.
 */
@NullMarked
package dev.tranche.controlplane.proxyassemblage;

import org.jspecify.annotations.NullMarked;
