/** Tests of which kubeconfigs are accepted. */
@NullMarked
package dev.tranche.controlplane.kubeconfig;

import org.jspecify.annotations.NullMarked;
