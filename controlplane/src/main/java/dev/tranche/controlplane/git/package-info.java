/**
 * Conversations with git servers over https, http and ssh: with the credentials of one Secret each,
 * a deadline, and an answer that people understand. Knows nothing of modules.
 */
@NullMarked
package dev.tranche.controlplane.git;

import org.jspecify.annotations.NullMarked;
