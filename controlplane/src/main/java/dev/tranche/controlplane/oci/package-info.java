/**
 * Questions to OCI registries: with the credentials of one Secret each, a deadline, and an answer
 * that people understand. Knows nothing of modules.
 */
@NullMarked
package dev.tranche.controlplane.oci;

import org.jspecify.annotations.NullMarked;
