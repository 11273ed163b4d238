/** Tests of the agent on a real cluster with a real Flux; no control plane is there. */
@NullMarked
package dev.tranche.assemblage.agent;

import org.jspecify.annotations.NullMarked;
