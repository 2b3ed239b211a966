// A voice message, in a format that the server knows. Chrome on Android records only the last. A browser that records
// none of them has no microphone here.
const FORMATS: [string, string][] = [
  ["audio/mp4", "m4a"],
  ["audio/ogg;codecs=opus", "ogg"],
  ["audio/webm;codecs=opus", "webm"],
];

function format(): [string, string] | undefined {
  if (typeof MediaRecorder === "undefined" || !navigator.mediaDevices?.getUserMedia) return undefined;
  return FORMATS.find(([mime]) => MediaRecorder.isTypeSupported(mime));
}

export const canRecord = (): boolean => format() !== undefined;

export interface Recording {
  /** The file, or nothing when it was thrown away. */
  end(keep: boolean): Promise<File | null>;
}

/** Raises when the microphone is not given. */
export async function record(): Promise<Recording> {
  const [mime, extension] = format() ?? ["", ""];
  const sound = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(sound, { mimeType: mime, audioBitsPerSecond: 32_000 });
  const pieces: Blob[] = [];
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recorder.start();
  return {
    end: (keep) =>
      new Promise((done) => {
        recorder.addEventListener("stop", () => {
          for (const track of sound.getTracks()) track.stop();
          const type = mime.split(";")[0] ?? mime;
          done(keep && pieces.length ? new File(pieces, `voice.${extension}`, { type }) : null);
        });
        recorder.stop();
      }),
  };
}
