@NullMarked
package dev.tranche.controlplane.http;

import org.jspecify.annotations.NullMarked;
