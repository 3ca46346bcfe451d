package ledger;

import java.io.Serializable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringEncoder;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.core.fs.Path;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.time.Time;
import org.apache.flink.util.Collector;

/**
 * A job whose output shows what became of its state: entries numbered from 0, each with the total that its key's state held then ({@code number,total}), written exactly once to
 * {@code --out/entries}; and one window over all of them that only a drain can end ({@code key,count} in {@code --out/windows}). A number that is missing, doubled or has a wrong
 * total is an entry that was lost, repeated or forgotten; windows that do not count every entry once were not the state's.
 *
 * <pre>
 * --out DIR   --rate N entries a second (100)   --keys N (10)   --fail main|open: this version cannot start
 * </pre>
 */
public final class Ledger {
    public static void main(String[] argv) throws Exception {
        Map<String, String> args = new HashMap<>();
        for (int i = 0; i + 1 < argv.length; i += 2) args.put(argv[i], argv[i + 1]);
        String out = args.get("--out"), fail = args.getOrDefault("--fail", "");
        long keys = Long.parseLong(args.getOrDefault("--keys", "10")), rate = Long.parseLong(args.getOrDefault("--rate", "100"));
        if (fail.equals("main")) throw new IllegalStateException("this version cannot start: main");

        StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
        DataStream<Long> numbers = env.fromSequence(0, Long.MAX_VALUE - 1).uid("numbers").name("numbers")
            .map(new Pace(rate, fail.equals("open"))).uid("pace").name("pace");
        numbers.keyBy(n -> n % keys).process(new Count()).uid("count").name("count").sinkTo(files(out + "/entries")).uid("entries").name("entries");
        numbers.assignTimestampsAndWatermarks(WatermarkStrategy.<Long>forBoundedOutOfOrderness(Duration.ofSeconds(5)).withTimestampAssigner((n, before) -> n % 60_000)).uid("clock").name("clock")
            .map(n -> Tuple2.of(n % keys, 1L)).returns(Types.TUPLE(Types.LONG, Types.LONG)).uid("one").name("one")
            .keyBy(e -> e.f0).window(TumblingEventTimeWindows.of(Time.hours(1))).sum(1).uid("hour").name("hour")
            .map(e -> e.f0 + "," + e.f1).uid("text").name("text").sinkTo(files(out + "/windows")).uid("windows").name("windows");
        env.execute("ledger");
    }

    private static FileSink<String> files(String path) {
        return FileSink.forRowFormat(new Path(path), new SimpleStringEncoder<String>()).withBucketAssigner(new BasePathBucketAssigner<>()).withRollingPolicy(OnCheckpointRollingPolicy.build()).build();
    }

    /** The running total of a key, kept in its state. */
    static final class Count extends KeyedProcessFunction<Long, Long, String> {
        private transient ValueState<Long> total;

        @Override
        public void open(Configuration configuration) { total = getRuntimeContext().getState(new ValueStateDescriptor<>("total", Types.LONG)); }

        @Override
        public void processElement(Long number, Context context, Collector<String> out) throws Exception {
            long now = (total.value() == null ? 0 : total.value()) + 1;
            total.update(now);
            out.collect(number + "," + now);
        }
    }

    /** So many a second and no more. */
    static final class Pace extends RichMapFunction<Long, Long> implements Serializable {
        private final long rate;
        private final boolean fails;
        private transient long second, inSecond;

        Pace(long rate, boolean fails) { this.rate = rate; this.fails = fails; }

        @Override
        public void open(Configuration configuration) {
            if (fails) throw new IllegalStateException("this version cannot start: open");
        }

        @Override
        public Long map(Long number) throws Exception {
            long tenths = Math.max(1, rate / 10), now = System.nanoTime() / 100_000_000L;
            if (now != second) { second = now; inSecond = 0; }
            if (++inSecond > tenths) {
                Thread.sleep(100);
                second = System.nanoTime() / 100_000_000L;
                inSecond = 1;
            }
            return number;
        }
    }
}
