@NullMarked
package dev.tranche.rollout;

import org.jspecify.annotations.NullMarked;
