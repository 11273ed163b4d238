package dev.tranche.controlplane.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tranche.controlplane.check.Threshold.Verdict;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ThresholdTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      nullValues = "-",
      textBlock =
          """
          # min  | max  | result type | result | verdict
          -      | 0.01 | scalar | [1, "0.005"]                                        | within
          -      | 0.01 | scalar | [1, "0.01"]                                         | within
          0.01   | -    | scalar | [1, "0.01"]                                         | within
          0.01   | 0.01 | scalar | [1, "0.01"]                                         | within
          -      | 0.01 | scalar | [1, "0.010000000000000002"]                         | outside: max is 0.01, and the value is 0.010000000000000002
          -      | 0.01 | scalar | [1, "0.07"]                                         | outside: max is 0.01, and the value is 0.07
          99.5   | -    | scalar | [1, "99"]                                           | outside: min is 99.5, and the value is 99
          1      | 2    | scalar | [1, "0"]                                            | outside: min is 1, and the value is 0
          1      | 2    | scalar | [1, "3"]                                            | outside: max is 2, and the value is 3
          -1     | -    | scalar | [1, "-0.5"]                                         | within
          -      | 1e3  | scalar | [1, "1e+03"]                                        | within
          -      | 5    | scalar | [1, "+Inf"]                                         | outside: max is 5, and the value is +Inf
          5      | -    | scalar | [1, "+Inf"]                                         | within
          5      | -    | scalar | [1, "-Inf"]                                         | outside: min is 5, and the value is -Inf
          -      | 5    | scalar | [1, "NaN"]                                          | nothing: the value is NaN
          5      | -    | scalar | [1, "NaN"]                                          | nothing: the value is NaN
          -      | -    | scalar | [1, "1"]                                            | nothing: the check has neither min nor max
          -      | 5    | scalar | [1, "1d"]                                           | nothing: a value of the query's result is no number
          -      | 5    | scalar | [1, ""]                                             | nothing: a value of the query's result is no number
          -      | 5    | scalar | [1]                                                 | nothing: a value of the query's result is no number
          -      | 5    | scalar | -                                                   | nothing: a value of the query's result is no number
          -      | 5    | vector | []                                                  | nothing: the query found nothing
          -      | 5    | vector | -                                                   | nothing: the query found nothing
          -      | 5    | vector | [{"metric": {}, "value": [1, "5"]}]                 | within
          -      | 5    | vector | [{"metric": {}, "value": [1, "6"]}]                 | outside: max is 5, and the value is 6
          -      | 5    | vector | [{"metric": {"__name__": "up"}, "value": [1, "6"]}] | outside: max is 5, and up is 6
          -      | 5    | vector | [{"metric": {"c": "1", "d": "2"}, "value": [1, "6"]}] | outside: max is 5, and {c="1", d="2"} is 6
          -      | 5    | vector | [{"metric": {"c": "1"}, "value": [1, "4"]}, {"metric": {"c": "2"}, "value": [1, "5"]}] | within
          -      | 5    | vector | [{"metric": {"c": "1"}, "value": [1, "4"]}, {"metric": {"__name__": "e", "c": "2"}, "value": [1, "7"]}] | outside: max is 5, and e{c="2"} is 7
          -      | 5    | vector | [{"metric": {}, "value": [1, "6"]}, {"metric": {}, "value": [1, "7"]}] | outside: max is 5, and the value is 6, and 1 more is outside
          -      | 5    | vector | [{"metric": {}, "value": [1, "6"]}, {"metric": {}, "value": [1, "7"]}, {"metric": {}, "value": [1, "8"]}] | outside: max is 5, and the value is 6, and 2 more are outside
          -      | 5    | vector | [{"metric": {"c": "1"}, "value": [1, "4"]}, {"metric": {"c": "2"}, "value": [1, "NaN"]}] | nothing: {c="2"} is NaN
          -      | 5    | vector | [{"metric": {}, "value": [1, "NaN"]}, {"metric": {}, "value": [1, "6"]}] | outside: max is 5, and the value is 6
          -      | 5    | vector | [{"metric": {}, "histogram": [1, {"count": "3"}]}]  | nothing: a value of the query's result is no number
          -      | 5    | matrix | [{"metric": {}, "values": [[1, "4"]]}]              | nothing: the query's result is no scalar and no instant vector but "matrix"
          -      | 5    | string | [1, "4"]                                            | nothing: the query's result is no scalar and no instant vector but "string"
          -      | 5    | -      | [1, "4"]                                            | nothing: the query's result is no scalar and no instant vector but ""
          """)
  void verdicts(
      @Nullable BigDecimal min,
      @Nullable BigDecimal max,
      @Nullable String type,
      @Nullable String result,
      String verdict)
      throws Exception {
    var data = JSON.createObjectNode();
    var body = JSON.createObjectNode();
    if (type != null) {
      data.put("resultType", type);
    }
    if (result != null) {
      data.set("result", JSON.readTree(result));
    }
    body.set("data", data);
    assertThat(said(new Threshold(min, max, text -> text).judge(body))).isEqualTo(verdict);
  }

  @Test
  void believesNoAnswerThatMayBeIncomplete() throws Exception {
    var body =
        JSON.readTree(
            """
            {"status": "success", "warnings": ["no StoreAPIs matched"],
             "data": {"resultType": "scalar", "result": [1, "1"]}}
            """);
    assertThat(said(new Threshold(null, BigDecimal.TEN, text -> text).judge(body)))
        .isEqualTo("nothing: the answer may be incomplete: no StoreAPIs matched");
  }

  private static String said(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Within() -> "within";
      case Verdict.Outside(var sentence) -> "outside: " + sentence;
      case Verdict.Nothing(var sentence) -> "nothing: " + sentence;
    };
  }
}
