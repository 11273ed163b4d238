/** Which kubeconfigs are accepted: a kubeconfig is untrusted input, and nothing of it is run. */
@NullMarked
package dev.tranche.controlplane.kubeconfig;

import org.jspecify.annotations.NullMarked;
