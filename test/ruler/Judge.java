import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.event.ruler.JsonRuleCompiler;
import software.amazon.event.ruler.Machine;
import software.amazon.event.ruler.MachineComplexityEvaluator;
import software.amazon.event.ruler.Patterns;

/**
 * What the rule engine that AWS publishes says of patterns and events: one JSON object a line in, {"pattern", "event"} with the
 * two as texts, and one out: {"error"} with its reason for refusing the pattern, or {"matches", "legacy", "separately", "complexity"}: its
 * verdict, that of its older way to match, that of asking for each combination of single values on its own (which has to be the
 * same, as the values of a list are alternatives), and what it thinks of the wildcards. {"fault"} if it breaks. With any of them
 * {"misspelled": true} if this JDK prints a number of the two in more digits than it needs: the engine compares what is printed.
 */
public final class Judge {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, false, "UTF-8");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      JsonNode asked = JSON.readTree(line);
      String pattern = asked.get("pattern").asText();
      String event = asked.get("event").asText();
      ObjectNode answer = judge(pattern, event);
      if (isMisspelled(pattern) || isMisspelled(event)) answer.put("misspelled", true);
      out.println(JSON.writeValueAsString(answer));
    }
    out.flush();
  }

  private static ObjectNode judge(String pattern, String event) {
    ObjectNode answer = JSON.createObjectNode();
    String error = JsonRuleCompiler.check(pattern);
    if (error != null) return answer.put("error", error);
    try {
      Machine machine = machineOf(pattern, true);
      answer.put("complexity", machine.evaluateComplexity(new MachineComplexityEvaluator(100)));
      answer.put("matches", !machine.rulesForJSONEvent(event).isEmpty());
      answer.put("legacy", !machineOf(pattern, false).rulesForJSONEvent(event).isEmpty());
      answer.put("separately", matchesSeparately(pattern, event));
    } catch (Throwable fault) {
      answer.put("fault", fault.toString());
    }
    return answer;
  }

  /** JDKs before 19 do not print the shortest decimal of some doubles. */
  private static boolean isMisspelled(String json) throws Exception {
    try (JsonParser parser = JSON.createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token.isNumeric() && isMisspelled(Double.parseDouble(parser.getText()))) return true;
      }
    } catch (JsonProcessingException broken) {
      return false;
    }
    return false;
  }

  private static boolean isMisspelled(double number) {
    if (Double.isInfinite(number)) return false;
    BigDecimal exact = new BigDecimal(number);
    int digits = 1;
    while (exact.round(new MathContext(digits)).doubleValue() != number) digits += 1;
    return exact.round(new MathContext(digits)).compareTo(new BigDecimal(Double.toString(number))) != 0;
  }

  private static boolean matchesSeparately(String pattern, String event) throws Exception {
    for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) {
      List<Map<String, List<Patterns>>> combinations = List.of(Map.of());
      for (Map.Entry<String, List<Patterns>> field : rule.entrySet()) {
        List<Map<String, List<Patterns>>> longer = new ArrayList<>();
        for (Map<String, List<Patterns>> combination : combinations) {
          for (Patterns value : field.getValue()) {
            Map<String, List<Patterns>> next = new HashMap<>(combination);
            next.put(field.getKey(), List.of(value));
            longer.add(next);
          }
        }
        combinations = longer;
      }
      for (Map<String, List<Patterns>> combination : combinations) {
        Machine machine = new Machine();
        machine.addPatternRule("rule", combination);
        if (!machine.rulesForJSONEvent(event).isEmpty()) return true;
      }
    }
    return false;
  }

  private static Machine machineOf(String pattern, boolean structured) throws Exception {
    Machine machine = Machine.builder().withStructuredMatching(structured).build();
    for (Map<String, List<Patterns>> rule : JsonRuleCompiler.compile(pattern)) machine.addPatternRule("rule", rule);
    return machine;
  }
}
