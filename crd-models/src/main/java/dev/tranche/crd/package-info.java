/** How objects of Kubernetes are read and written, for our kinds and for those of others. */
@NullMarked
package dev.tranche.crd;

import org.jspecify.annotations.NullMarked;
