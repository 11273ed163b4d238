/**
 * The kinds of {@code fleet.tranche.dev/v1alpha1}: what people declare and what Tranche reports.
 *
 * <p>Data only: nothing here decides anything. The CRDs in {@code deploy/crds} are generated from
 * these types.
 */
@NullMarked
package dev.tranche.crd.v1alpha1;

import org.jspecify.annotations.NullMarked;
