package dev.tranche.assemblage.binding;

/**
 * A text whose mentions were replaced as far as they are known here.
 *
 * @param text with what is left to be replaced elsewhere
 * @param secret whether it has a value of a Secret in it
 */
record Filled(Text text, boolean secret) {}
