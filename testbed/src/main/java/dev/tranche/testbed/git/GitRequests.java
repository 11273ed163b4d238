package dev.tranche.testbed.git;

/**
 * How often a repository has been asked for what, refused requests included.
 *
 * @param infoRefs lists of refs, the first step of each fetch and push
 * @param uploads rounds of clones and fetches
 * @param receives pushes
 */
public record GitRequests(int infoRefs, int uploads, int receives) {}
