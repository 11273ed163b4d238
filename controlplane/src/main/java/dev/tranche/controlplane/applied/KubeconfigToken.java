package dev.tranche.controlplane.applied;

import dev.tranche.assemblage.kube.ClientConfig;

/** The token of the user that kubectl would be. */
final class KubeconfigToken {
  private KubeconfigToken() {}

  /**
   * The token.
   *
   * @throws IllegalStateException where there is none; the message says what to do
   */
  static String find() {
    var config = ClientConfig.find("the control plane cluster");
    var token =
        config.getOauthToken() == null ? config.getAutoOAuthToken() : config.getOauthToken();
    if (token == null && config.getOauthTokenProvider() != null) {
      token = config.getOauthTokenProvider().getToken();
    }
    if (token == null || token.isBlank()) {
      throw new IllegalStateException(
          "the current user of the kubeconfig has no token, maybe a certificate:"
              + " give --token-file, with what 'kubectl create token SERVICEACCOUNT' prints");
    }
    return token;
  }
}
