/**
 * How far a module has been applied, asked of its git repository: what a commit is part of, and the
 * tag that marks the commit that is applied everywhere. Knows no modules and no Kubernetes.
 */
@NullMarked
package dev.tranche.controlplane.marker;

import org.jspecify.annotations.NullMarked;
