/** How an API server is read and written: caches, applying, events. It knows no kind of ours. */
@NullMarked
package dev.tranche.assemblage.kube;

import org.jspecify.annotations.NullMarked;
