import { watchProtocol } from "./protocol.js";
import { setUpRace } from "./tile_race.js";
import { watchTraffic } from "./live_traffic.js";
import { setUpClock } from "./clock.js";
import { setUpUploads } from "./uploads.js";
import { addCopyButtons } from "./copy_buttons.js";
import { showRequest } from "./request_info.js";

watchProtocol();
setUpRace();
setUpClock();
setUpUploads();
addCopyButtons();
showRequest();
watchTraffic();
