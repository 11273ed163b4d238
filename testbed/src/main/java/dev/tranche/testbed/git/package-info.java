/** A git server inside this JVM, whose repositories tests fill and move; knows no Kubernetes. */
@NullMarked
package dev.tranche.testbed.git;

import org.jspecify.annotations.NullMarked;
