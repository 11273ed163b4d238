package dev.tranche.crd.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/**
 * A query to a Prometheus server, and between which numbers its answer has to be.
 *
 * @param min null means no lower bound
 * @param max null means no upper bound
 * @param secretRef null asks without credentials
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
@ValidationRule(
    value = "has(self.min) || has(self.max)",
    message = "give min or max or both; without them no answer would be wrong")
@ValidationRule(
    value = "!has(self.min) || !has(self.max) || double(self.min) <= double(self.max)",
    message = "min is more than max, so that no answer could be right")
public record PrometheusCheck(
    @JsonPropertyDescription(
            "The address of the server, http or https, such as https://prometheus.example.com.")
        @Required
        @Size(min = 1, max = 2048)
        @Pattern("^(http|https)://[^\\s/?#]+[^\\s?#]*$")
        String address,
    @JsonPropertyDescription(
            "The query, in PromQL; its answer is a scalar or a vector with at least one sample.")
        @Required
        @Size(min = 1, max = 4096)
        String query,
    @JsonPropertyDescription("The least that every sample may be, as a decimal number.")
        @Size(min = 1, max = 32)
        @Pattern("^-?[0-9]+(\\.[0-9]+)?$")
        @Nullable String min,
    @JsonPropertyDescription("The most that every sample may be, as a decimal number.")
        @Size(min = 1, max = 32)
        @Pattern("^-?[0-9]+(\\.[0-9]+)?$")
        @Nullable String max,
    @JsonPropertyDescription(
            "The Secret of this namespace with the credentials for the server: token, or username and password; and ca.crt for an authority of one's own.")
        @Nullable SecretRef secretRef) {}
