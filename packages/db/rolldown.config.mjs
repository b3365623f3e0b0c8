import { library } from "../../compilers/library.mjs";

export default library();
