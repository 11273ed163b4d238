package dev.tranche.testbed.git;

/**
 * What a repository has sent to those who cloned or fetched, lists of refs left out.
 *
 * @param packs answers with objects
 * @param commits how many of them were in all packs
 * @param blobs contents of files likewise
 * @param bytes the size of all packs
 */
public record GitTransfers(int packs, long commits, long blobs, long bytes) {
  GitTransfers plus(GitTransfers more) {
    return new GitTransfers(
        packs + more.packs, commits + more.commits, blobs + more.blobs, bytes + more.bytes);
  }
}
