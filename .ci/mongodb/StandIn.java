import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

/** A server that speaks MongoDB's wire protocol, for tests: it keeps everything in memory. Its only argument is the port, 0 for a free one. */
public final class StandIn {
    public static void main(String[] args) {
        MongoServer server = new MongoServer(new OneAtATime().version(new Version()));
        server.bind("127.0.0.1", Integer.parseInt(args[0]));
        System.out.println("mongodb://127.0.0.1:" + server.getLocalAddress().getPort());
    }

    /** Without the lock and the copy, an answer changes while it is being encoded. */
    static final class OneAtATime extends MemoryBackend {
        @Override
        public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
            Document answer = super.handleCommand(channel, database, command, query);
            return answer == null ? null : answer.cloneDeeply();
        }
    }

    /** The driver refuses wire versions below 9. */
    static final class Version implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }
}
