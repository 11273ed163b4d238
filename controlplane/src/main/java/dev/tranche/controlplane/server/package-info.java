/** What all servers outside have in common: Secrets, certificates, and why they give no answer. */
@NullMarked
package dev.tranche.controlplane.server;

import org.jspecify.annotations.NullMarked;
